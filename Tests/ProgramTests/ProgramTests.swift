import Testing

/// Unmodified programs under the built command. One after the other: they share two CPUs with their cameras, and
/// a live camera doesn't wait.
@Suite(.serialized)
enum ProgramTests {}
