"""Finding, downloading and checking corpora, on a small registry and a server of our own."""

import gzip
import hashlib
import http.server
import threading
import zipfile
from types import SimpleNamespace

import pooch
import pytest

from utils.corpora import (
    CorpusError,
    DownloadFailed,
    MalformedLine,
    MissingCorpus,
    TruncatedFile,
    UnknownCorpus,
    WrongChecksum,
    corpora,
    find,
    load_lm,
    registry,
)
from utils.corpora.__main__ import main

ONE, TWO = b"one line\n" * 500, b"another line\n" * 300


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves `files`; under /half/ the connection breaks off in the middle."""

    def do_GET(self):
        self.server.asked.append(self.path)
        mode, _, name = self.path[1:].partition("/")
        data = self.server.files.get(name)
        if data is None:
            return self.send_error(404)
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if mode == "half" else data)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def row(corpus, name, data, *addresses):
    sha256 = hashlib.sha256(data).hexdigest()
    return "\t".join([corpus, name, str(len(data)), sha256, " ".join(addresses)])


@pytest.fixture
def world(tmp_path, monkeypatch, server):
    """A registry with one corpus of each sort, an empty cache, and no COURSE_DATA."""
    at = f"http://127.0.0.1:{server.server_port}"
    server.asked, server.files = [], {"one.txt": ONE, "two.txt": TWO}
    archive = tmp_path / "both.zip"
    with zipfile.ZipFile(archive, "w") as members:
        members.writestr("deep/inside/uno.txt", ONE)
        members.writestr("same-size.txt", ONE[::-1])
        members.writestr("deep/inside/due.txt", TWO)
    server.files["both.zip"] = archive.read_bytes()

    data = tmp_path / "data"
    (data / "small" / "lm").mkdir(parents=True)
    sums = []
    for name, text in {"train.txt": ONE, "valid.txt": TWO, "test.txt": b"end\n"}.items():
        (data / "small" / "lm" / name).write_bytes(text)
        sums.append(f"{hashlib.sha256(text).hexdigest()}  lm/{name}")
    (data / "small" / "SHA256SUMS").write_text("\n".join(sums) + "\n")
    head = "corpus\tkind\tlanguage\tembedded\twhat\tlicence\tsource\tstand_in\tnote\n"
    about = "{0}\tlanguage model\ten\t{1}\ta test\tCC0 of {0}\thttp://{0}\t{2}\tnote on {0}\n"
    (data / "corpora.tsv").write_text(
        head + about.format("small", "small/lm", "")
        + "".join(about.format(name, "", "small") for name in ("plain", "zipped", "mirrored",
          "broken", "gone", "stale", "derived"))
    )  # fmt: skip
    (data / "registry.tsv").write_text("\n".join([
        "corpus\tfile\tbytes\tsha256\taddresses",
        row("plain", "one.txt", ONE, f"{at}/ok/one.txt"),
        row("plain", "two.txt", TWO, f"{at}/ok/two.txt"),
        row("zipped", "one.txt", ONE, f"{at}/ok/both.zip"),
        row("zipped", "two.txt", TWO, f"{at}/ok/both.zip"),
        row("mirrored", "one.txt", ONE, f"{at}/ok/two.txt", f"{at}/ok/both.zip"),
        row("broken", "one.txt", ONE, f"{at}/half/one.txt"),
        row("gone", "one.txt", ONE, f"{at}/ok/nothing.txt"),
        row("stale", "one.txt", ONE[::-1], f"{at}/ok/both.zip", f"{at}/ok/one.txt"),
        row("stale", "two.txt", TWO[::-1], f"{at}/ok/two.txt"),
        row("derived", "one.txt", ONE),
    ]) + "\n")  # fmt: skip
    monkeypatch.setattr(registry, "DATA", data)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("COURSE_DATA", raising=False)
    return SimpleNamespace(data=data, cache=tmp_path / "cache", given=tmp_path / "given", at=at)


def cached(world):
    """Every file in the cache, hidden or not."""
    return sorted(str(p.relative_to(world.cache)) for p in world.cache.rglob("*") if p.is_file())


def give(world, monkeypatch, corpus, name, data):
    (world.given / corpus).mkdir(parents=True, exist_ok=True)
    (world.given / corpus / name).write_bytes(data)
    monkeypatch.setenv("COURSE_DATA", str(world.given))


# ---------------------------------------------------------------- the order of places


def test_embedded_needs_neither_folder_nor_network(world, server):
    assert find("small")["train.txt"] == world.data / "small" / "lm" / "train.txt"
    assert server.asked == []


def test_download_then_cache(world, server, capsys):
    assert find("plain")["one.txt"].read_bytes() == ONE
    assert server.asked == ["/ok/one.txt", "/ok/two.txt"]
    assert "Downloading plain/one.txt from 127.0.0.1" in capsys.readouterr().err
    assert find("plain")["two.txt"] == world.cache / "plain" / "two.txt"
    assert len(server.asked) == 2, "the second time nothing is downloaded"
    assert cached(world) == ["plain/one.txt", "plain/two.txt"]


def test_course_data_comes_before_the_cache(world, server, monkeypatch):
    find("plain")
    give(world, monkeypatch, "plain", "one.txt", ONE)
    paths = find("plain")
    assert paths["one.txt"] == world.given / "plain" / "one.txt"
    assert paths["two.txt"] == world.cache / "plain" / "two.txt"


def test_relative_course_data_counts_from_the_course_folder(world, monkeypatch, tmp_path):
    give(world, monkeypatch, "derived", "one.txt", ONE)
    monkeypatch.setattr(registry, "ROOT", tmp_path / "course")
    monkeypatch.setenv("COURSE_DATA", "../given")
    assert find("derived")["one.txt"] == world.given / "derived" / "one.txt"


def test_course_data_that_names_no_folder(world, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(world.given / "nowhere"))
    with pytest.raises(MissingCorpus, match="COURSE_DATA=.*nowhere does not exist"):
        find("plain")


def test_only_the_files_asked_for(world, server):
    assert list(find("plain", ["two.txt"])) == ["two.txt"]
    assert server.asked == ["/ok/two.txt"]


def test_members_of_a_zip_are_known_by_content(world, server):
    paths = find("zipped")
    assert paths["one.txt"].read_bytes() == ONE and paths["two.txt"].read_bytes() == TWO
    assert server.asked == ["/ok/both.zip"], "one download for all files of one archive"
    assert cached(world) == ["zipped/one.txt", "zipped/two.txt"]


def test_second_address_when_the_first_has_another_edition(world, server):
    assert find("mirrored")["one.txt"].read_bytes() == ONE
    assert server.asked == ["/ok/two.txt", "/ok/both.zip"]


# ---------------------------------------------------------------- what goes wrong


def test_unknown_name(world):
    with pytest.raises(UnknownCorpus, match="'plian'.*Did you mean 'plain'"):
        find("plian")
    with pytest.raises(UnknownCorpus, match="called 'xyzzy'\\. Corpora: small, plain"):
        find("xyzzy")


def test_no_address_says_everything_the_reader_needs(world):
    with pytest.raises(MissingCorpus) as caught:
        find("derived")
    folder = str(world.cache / "derived")
    for part in ("derived", "one.txt", "http://derived", "CC0 of derived", folder, "COURSE_DATA",
                 "'small'", "note on derived"):  # fmt: skip
        assert part in str(caught.value), part


def test_no_network(world, server, monkeypatch):
    registry_file = world.data / "registry.tsv"
    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as closed:
        nobody = f"http://127.0.0.1:{closed.server_port}"
    registry_file.write_text(registry_file.read_text().replace(world.at, nobody))
    with pytest.raises(DownloadFailed) as caught:
        find("plain")
    for part in ("no connection to 127.0.0.1", "CC0 of plain", nobody, "'small'", "put it in"):
        assert part in str(caught.value), part
    assert cached(world) == []


def test_no_download_when_told_so(world, server):
    with pytest.raises(MissingCorpus):
        find("plain", download=False)
    assert server.asked == []


def test_file_that_is_gone_from_its_address(world):
    with pytest.raises(DownloadFailed, match="404"):
        find("gone")
    assert cached(world) == []


def test_transfer_that_breaks_off_leaves_nothing(world):
    with pytest.raises(DownloadFailed, match="no connection to 127.0.0.1:[0-9]+, or it broke off"):
        find("broken")
    assert cached(world) == []


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, OSError("No space left on device")])
def test_interrupted_download_leaves_nothing_and_can_be_run_again(
    world, monkeypatch, interruption
):
    def write_half(self, url, output_file, _):
        with open(output_file, "wb") as out:
            out.write(ONE[: len(ONE) // 2])
        raise interruption

    with monkeypatch.context() as patch:
        patch.setattr(pooch.HTTPDownloader, "__call__", write_half)
        with pytest.raises((KeyboardInterrupt, DownloadFailed)):
            find("plain")
    assert cached(world) == [] and list(world.cache.iterdir()) == []
    assert find("plain")["one.txt"].read_bytes() == ONE


def test_interruption_between_two_files_keeps_the_first(world, server):
    del server.files["two.txt"]
    with pytest.raises(DownloadFailed, match="missing    one.txt, two.txt"):
        find("plain")
    assert cached(world) == ["plain/one.txt"]
    server.files["two.txt"] = TWO
    find("plain")
    assert server.asked == ["/ok/one.txt", "/ok/two.txt", "/ok/two.txt"]


def test_other_edition_at_every_address(world):
    with pytest.raises(DownloadFailed, match="not the registered edition") as caught:
        find("stale", ["two.txt"])
    assert "note on stale" in str(caught.value)
    assert cached(world) == []


def test_damaged_zip(world, server):
    server.files["both.zip"] = server.files["both.zip"].replace(ONE[:200], ONE[1:201])
    with pytest.raises(DownloadFailed, match="not the registered edition"):
        find("zipped")
    assert cached(world) == []


def test_wrong_checksum(world, monkeypatch):
    give(world, monkeypatch, "derived", "one.txt", ONE.replace(b"one", b"0ne", 1))
    with pytest.raises(WrongChecksum, match="one.txt is not the registered file of derived"):
        find("derived")


def test_truncated_file(world, monkeypatch):
    give(world, monkeypatch, "derived", "one.txt", ONE[:-7])
    with pytest.raises(TruncatedFile, match="4,493 of 4,500 bytes"):
        find("derived")


def test_change_after_the_first_look_is_seen(world, monkeypatch):
    give(world, monkeypatch, "derived", "one.txt", ONE)
    find("derived")
    give(world, monkeypatch, "derived", "one.txt", ONE + b"more\n")
    with pytest.raises(WrongChecksum):
        find("derived")


def test_embedded_file_with_one_byte_changed(world):
    path = world.data / "small" / "lm" / "test.txt"
    assert load_lm("small").test == [["end"]]
    path.write_bytes(b"eNd\n")
    with pytest.raises(WrongChecksum, match="Restore it with git"):
        load_lm("small")


def test_embedded_file_missing(world):
    (world.data / "small" / "lm" / "test.txt").unlink()
    with pytest.raises(MissingCorpus, match="Restore it with git"):
        find("small")


def test_registry_that_cannot_be_read(world, monkeypatch, tmp_path):
    (world.data / "registry.tsv").write_text("corpus\tfile\tbytes\tsha256\taddresses\nplain\tx\n")
    with pytest.raises(MalformedLine, match="registry.tsv, line 2: expected 5 columns, not 2"):
        find("plain")
    monkeypatch.setattr(registry, "DATA", tmp_path / "elsewhere")
    with pytest.raises(CorpusError, match="work in a clone"):
        find("plain")


def test_truncated_gzip(tmp_path):
    path = tmp_path / "lines.txt.gz"
    path.write_bytes(gzip.compress(ONE)[:-5])
    with pytest.raises(TruncatedFile, match="lines.txt.gz is not a whole gzip file"):
        load_lm(path)


# ---------------------------------------------------------------- python -m utils.corpora


def table(capsys):
    lines = capsys.readouterr().out.splitlines()
    return {line.split()[0]: line for line in lines}


def test_table_and_fetch(world, server, capsys):
    assert main([]) == 0 and server.asked == []
    rows = table(capsys)
    assert set(rows) == {"corpus", *corpora()}
    assert "embedded" in rows["small"] and "ok" in rows["small"]
    assert "missing" in rows["plain"]
    assert main(["--fetch", "plain", "zipped"]) == 0
    rows = table(capsys)
    assert "cache" in rows["plain"] and "ok" in rows["plain"]


def test_failures_give_status_1(world, server, capsys, monkeypatch):
    assert main(["--fetch", "plian"]) == 1
    assert main(["--fetch", "all"]) == 1, "some addresses of this registry do not work"
    rows = table(capsys)
    assert "cache" in rows["plain"], "one failure does not keep the others from being fetched"
    give(world, monkeypatch, "derived", "one.txt", b"wrong")
    assert main([]) == 1
    assert "CORRUPT" in table(capsys)["derived"]
