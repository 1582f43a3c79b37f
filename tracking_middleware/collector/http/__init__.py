"""HTTP that all routes share: who may ask, and what bodies and heads may be."""
