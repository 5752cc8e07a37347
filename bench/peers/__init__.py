"""What runs in a peer's own environment (the .txt beside it): nothing here imports more than that and the standard
library, and `bench.measure`."""
