"""`python -m app.cli`: the same command without an installed script."""

from app.cli.root import main

if __name__ == "__main__":
    main()
