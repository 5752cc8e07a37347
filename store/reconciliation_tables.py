"""What the sources count beside what we count, and the dossiers that a source no longer has."""
