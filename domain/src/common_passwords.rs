//! Passwords that everybody tries first.
