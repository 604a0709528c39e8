// Formats, sizes, intervals, flags and times are in the signatures of nearly all that is here: who imports
// this module needs their members as well, and these modules are no products of their own.
@_exported public import LinuxSystem
@_exported public import PixelFormats
@_exported public import V4L2Types
