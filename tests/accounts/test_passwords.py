"""Passwords as they are hashed outside the tests, where they are slow on purpose."""

from __future__ import annotations

import importlib.util

import argon2

from pb.accounts import passwords


def as_used() -> object:
    """The module loaded afresh: the other tests hash with less effort."""
    spec = importlib.util.find_spec(passwords.__name__)
    assert spec
    assert spec.loader
    fresh = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fresh)
    return fresh


def test_passwords_are_hashed_with_the_librarys_defaults() -> None:
    made = as_used().hash_of("a password of sixteen")  # type: ignore[attr-defined]

    assert argon2.PasswordHasher().verify(made, "a password of sixteen")
    assert not argon2.PasswordHasher().check_needs_rehash(made)


def test_the_hash_for_unknown_people_takes_as_much_effort() -> None:
    assert not argon2.PasswordHasher().check_needs_rehash(as_used().NOBODYS)  # type: ignore[attr-defined]
