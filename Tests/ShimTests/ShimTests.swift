import Testing

/// Plain C programs under the built command and library. They measure and count, so they run one after the
/// other.
@Suite(.serialized) struct ShimTests {}
