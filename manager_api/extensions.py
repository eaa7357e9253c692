"""What routes call: parts of the application that is running, by their types."""

from flask import current_app

from cowboy.bots.services import Services
from cowboy.bus.topics import TopicNames
from cowboy.models.profiles import Profiles
from cowboy.state.character_leases import CharacterLeases
from cowboy.state.characters import Characters
from cowboy.state.knowledge import Scopes
from cowboy.state.players import Players
from cowboy.state.records import Records
from cowboy.state.transcripts import Transcripts
from cowboy.state.usage import Usages
from manager_api.readiness import Readiness


def services() -> Services:
    """The services for bots."""
    found: Services = current_app.extensions["services"]
    return found


def profiles() -> Profiles:
    """The LLM profiles there are."""
    found: Profiles = current_app.extensions["profiles"]
    return found


def topics() -> TopicNames:
    """The names of this installation's topics."""
    return TopicNames.of(current_app.extensions["settings"])


def players() -> Players:
    """What bots remember."""
    found: Players = current_app.extensions["players"]
    return found


def records() -> Records:
    """The turns that bots played."""
    found: Records = current_app.extensions["records"]
    return found


def transcripts() -> Transcripts:
    """What the last of these turns were decided on, and how."""
    found: Transcripts = current_app.extensions["transcripts"]
    return found


def usages() -> Usages:
    """What asking models has cost."""
    found: Usages = current_app.extensions["usages"]
    return found


def characters() -> Characters:
    """Who bots are."""
    found: Characters = current_app.extensions["characters"]
    return found


def character_leases() -> CharacterLeases:
    """Who has which."""
    found: CharacterLeases = current_app.extensions["character_leases"]
    return found


def knowledge() -> Scopes:
    """What they know."""
    found: Scopes = current_app.extensions["knowledge"]
    return found


def readiness() -> Readiness:
    """The checks of the health route."""
    found: Readiness = current_app.extensions["readiness"]
    return found
