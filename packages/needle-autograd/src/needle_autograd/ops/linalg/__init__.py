"""Products of matrices, decompositions, and what is measured between vectors."""
