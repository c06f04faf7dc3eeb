//! Values, entities, rules, decisions and events of Hexad: pure, no I/O.
