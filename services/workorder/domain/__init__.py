"""The rules of repair orders, their lines, upsells and money: data and pure functions, the standard library only."""
