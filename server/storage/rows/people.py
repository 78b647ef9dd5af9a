"""People and their face samples as rows, sealed under the person's data key."""

from __future__ import annotations

from lookout.names import legible
from lookout.server.storage.errors import StoreDamaged
from lookout.server.storage.records import FaceSample, Person
from lookout.server.storage.rows.row import Fields, ReadRow
from lookout.server.storage.vault import Blinder, DataKey


def person_fields(person: Person, key: DataKey, blinder: Blinder) -> Fields:
    """What changes of a person."""
    content = {"name": person.name, "identifier": person.identifier, "info": {**person.info}}
    identifier = person.identifier
    return {
        "sealed": key.seal_json(content),
        "name_index": blinder.text("name", person.name),
        "identifier_index": blinder.text("identifier", identifier) if identifier.strip() else None,
    }


def read_person(row: ReadRow, key: DataKey) -> Person:
    """Raises StoreDamaged."""
    match key.open_mapping(row["sealed"]):
        case {"name": str(name), "identifier": str(identifier), "info": dict(info)}:
            return Person(row["id"], legible(name), row["created_at"], identifier, info)
    raise StoreDamaged(f"what is kept of person {row['id']} has an unknown form")


def searched_text(person: Person) -> str:
    """All text of a person, in which a search looks."""
    return "\n".join((person.name, person.identifier, *person.info.values())).casefold()


def sample_fields(sample: FaceSample, key: DataKey, blinder: Blinder, crop: str | None) -> Fields:
    content = sample.content_hash
    return {
        "id": sample.id,
        "person": sample.person,
        "encoder": sample.encoder,
        "sealed_encoding": key.seal_floats(sample.encoding),
        "sealed_source": key.seal_json(
            {"source": sample.source, "content_hash": content.hex(), "poor": sample.poor}
        ),
        "origin": sample.origin,
        "content_index": blinder.content("photograph", content) if content else None,
        "quality": sample.quality,
        "crop": crop,
        "created_at": sample.created_at,
        "negative": int(sample.negative),
    }


def resealed_sample(row: ReadRow, old_key: DataKey, person: str, key: DataKey) -> Fields:
    """What changes of a sample that is given to another person, but for its crop."""
    return {
        "person": person,
        "sealed_encoding": key.seal(old_key.open(row["sealed_encoding"])),
        "sealed_source": key.seal(old_key.open(row["sealed_source"])),
    }


def read_sample(row: ReadRow, key: DataKey) -> FaceSample:
    """Raises StoreDamaged."""
    match key.open_mapping(row["sealed_source"]):
        case {"source": str(source), "content_hash": str(content_hash), **rest}:
            return FaceSample(
                id=row["id"],
                person=row["person"],
                encoding=key.open_floats(row["sealed_encoding"]),
                encoder=row["encoder"],
                origin=row["origin"],
                created_at=row["created_at"],
                quality=row["quality"],
                source=source,
                content_hash=bytes.fromhex(content_hash),
                negative=bool(row["negative"]),
                has_image=row["crop"] is not None,
                poor=rest.get("poor") is True,  # older ones do not say
            )
    raise StoreDamaged(f"what is kept of face sample {row['id']} has an unknown form")
