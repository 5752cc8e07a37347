"""The wall: its layout file, its scenes, the stream that brings them to the screens, and the page's own assets."""
