// rust/core/src/gpu/own.rs: a user's own entry. All of its text is in the slot `source`.
