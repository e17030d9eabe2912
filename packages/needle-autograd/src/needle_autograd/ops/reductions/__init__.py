"""Operations that take elements along axes together, or put them in order."""
