//! What one can ask of Hexad: its use cases, over its ports.
