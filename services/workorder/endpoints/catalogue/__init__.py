"""Operations, parts, menus and their dated prices; what something costs and why."""
