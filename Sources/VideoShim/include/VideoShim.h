/// The preload library has no interface of its own: it interposes the symbols that exports.map lists.
#pragma once
