"""Operations that arrange elements anew."""
