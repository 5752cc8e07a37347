"""A frame as bytes, small: counters are mostly zeros."""

import io

import polars as pl


def packed(frame: pl.DataFrame) -> bytes:
    """The frame as compressed Arrow."""
    return frame.write_ipc(None, compression="zstd").getvalue()


def unpacked(content: bytes) -> pl.DataFrame:
    """The frame that was packed."""
    return pl.read_ipc(io.BytesIO(content))
