//! CI systems: which one this is, how it masks, and what its log would take for a command.
