"""Operations that read and set elements by their places."""
