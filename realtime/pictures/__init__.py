"""Still pictures: read as they are shown, painted many at a time, written whole."""
