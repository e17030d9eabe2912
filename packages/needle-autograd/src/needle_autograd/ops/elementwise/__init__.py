"""Operations on each element for itself."""
