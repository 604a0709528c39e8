// Errno is in the signature of nearly all that is here, and its cases are members: who imports this
// module needs them as well.
@_exported public import SystemPackage
