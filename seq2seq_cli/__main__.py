"""python -m seq2seq_cli."""

from seq2seq_cli.cli.app import main

main()
