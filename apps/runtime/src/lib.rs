//! Settings, telemetry, choice of adapters and lifecycle of the Hexad programs.
