"""Compressed files: known by how they begin, read to their end, and refused where they lie."""

import bz2
import contextlib
import gzip
import io
import lzma
import random
import tarfile

import pyarrow as pa
import pytest

from seq2seq_cli.corpus.sources import compression, lines
from seq2seq_cli.errors import CorpusError

generator = random.Random(1)
PAIRS = [(f"{generator.getrandbits(40):x}", f"é {number}") for number in range(30)]
TEXT = "".join(f"{first}\t{second}\n" for first, second in PAIRS).encode()


def zstd(data: bytes) -> bytes:
    buffer = pa.BufferOutputStream()
    with pa.CompressedOutputStream(buffer, "zstd") as stream:
        stream.write(data)
    return buffer.getvalue().to_pybytes()


PACKERS = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": zstd}


@pytest.fixture(params=PACKERS)
def packed(request, tmp_path):
    """Return a packer, and where to put what it packs."""
    return PACKERS[request.param], tmp_path / f"pairs.tsv{request.param}"


def test_the_table_has_every_packer() -> None:
    assert [known.suffix for known in compression.COMPRESSIONS] == [*PACKERS]


def test_what_is_packed_is_known_by_how_it_begins(packed, read) -> None:
    pack, path = packed
    for name in ("pairs", "pairs.txt", "pairs.gz", "pairs.TSV.XZ"):
        other = path.with_name(name)
        other.write_bytes(pack(TEXT))
        assert read(other).pairs == PAIRS


def test_plain_text_with_the_name_of_a_packed_file_is_read(packed, read) -> None:
    _, path = packed
    path.write_bytes(TEXT)
    assert read(path).pairs == PAIRS


@pytest.mark.parametrize("cut", [0, 1, 100, len(TEXT)])
def test_several_packed_pieces_in_a_row_are_read_to_the_end(packed, read, cut) -> None:
    pack, path = packed
    path.write_bytes(pack(TEXT[:cut]) + pack(b"") + pack(TEXT[cut:]))
    assert read(path).pairs == PAIRS


def test_a_file_that_is_cut_off_anywhere_is_refused(packed, refused) -> None:
    pack, path = packed
    whole = pack(TEXT)
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert f"{path} is cut off" in refused(path), length


def test_a_last_piece_that_is_cut_off_is_refused(packed, refused) -> None:
    pack, path = packed
    one, other = pack(TEXT), pack(b"yes\toui\n" * 5)
    for length in range(4, len(other)):
        path.write_bytes(one + other[:length])
        assert str(path) in refused(path), length


def test_a_packed_file_with_any_changed_byte_is_read_or_refused(packed, read) -> None:
    pack, path = packed
    whole = pack(TEXT)
    for _ in range(100):
        damaged = bytearray(whole)
        damaged[generator.randrange(len(whole))] ^= generator.randrange(1, 256)
        path.write_bytes(damaged)
        with contextlib.suppress(CorpusError):
            read(path)


def test_a_bomb_is_refused_and_small_files_that_shrink_well_are_none(
    packed, read, refused, monkeypatch
) -> None:
    pack, path = packed
    monkeypatch.setattr(compression, "BOMB_RATIO", 100)
    path.write_bytes(pack(b"\t\n" * 1_000_000))
    assert len(read(path).pairs) == 1_000_000
    monkeypatch.setattr(compression, "BOMB_BYTES", 100_000)
    message = refused(path)
    assert f"{path} looks like a decompression bomb" in message
    monkeypatch.setattr(compression, "BOMB_RATIO", 100_000)
    assert len(read(path).pairs) == 1_000_000


def test_the_limits_of_a_bomb_are_those_that_users_are_told() -> None:
    assert (compression.BOMB_RATIO, compression.BOMB_BYTES) == (200, 16 * 1024**2)


@pytest.mark.parametrize("suffix", ["", ".gz", ".bz2"])
def test_a_tar_is_refused(tmp_path, refused, suffix) -> None:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        info = tarfile.TarInfo("pairs.tsv")
        info.size = len(TEXT)
        archive.addfile(info, io.BytesIO(TEXT))
    path = tmp_path / f"pairs.tar{suffix}"
    path.write_bytes(PACKERS.get(suffix, bytes)(data.getvalue()))
    message = refused(path)
    assert f"{path} is a tar archive" in message
    assert "Unpack it" in message


def test_the_fraction_is_that_of_the_compressed_bytes(tmp_path, read) -> None:
    path = tmp_path / "pairs.gz"
    data = random.Random(2).randbytes(12 << 20).replace(b"\n", b"").hex().encode()
    path.write_bytes(
        gzip.compress(b"".join(data[start : start + 99] + b"\tx\n" for start in range(0, len(data), 99)), 1)
    )
    reading = read(path)
    texts = [block.first.nbytes + block.second.nbytes for block in reading.blocks]
    for number, block in enumerate(reading.blocks, start=1):
        assert block.fraction == pytest.approx(sum(texts[:number]) / sum(texts), abs=0.03)


def test_the_fraction_of_a_plain_file_is_exact(tmp_path, read, monkeypatch) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_bytes(b"yes\toui et\n" * 400)
    monkeypatch.setattr(lines, "CHUNK_BYTES", 1100)
    assert [block.fraction for block in read(path).blocks] == [0.25, 0.5, 0.75, 1]
