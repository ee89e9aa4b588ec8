"""The ground: pure text. No I/O, no asyncio, no LSP; standard library only."""
