// For the hostile sessions, which take their numbers from it.
@_exported import RandomSupport
