"""Where the Kafka brokers are, how to log in to them, and what topics are called and made of."""

from typing import Literal, Self

from pydantic import Field, model_validator

from cowboy.settings.addresses import Bind, Servers
from cowboy.settings.base import Group
from cowboy.settings.files import ExistingFile
from cowboy.settings.secret import Secret
from cowboy.settings.tls import Tls


class KafkaSettings(Group):
    """The part of `Settings` that is about Kafka."""

    # -- kafka --------------------------------------------------------------------------------------------------------
    kafka_bootstrap_servers: Servers = Field(
        "127.0.0.1:9092",
        validation_alias="KAFKA_BOOTSTRAP_SERVERS",
        description="Kafka brokers, host:port, separated by commas; an IPv6 address stands in brackets.",
    )
    broker_kind: Literal["kafka", "tansu"] = Field(
        "kafka",
        validation_alias="COWBOY_BROKER",
        description="Which broker answers there: `kafka`, or `tansu`, the embedded one. Decides the fetch wait.",
    )
    fetch_wait_ms: int | None = Field(
        None,
        validation_alias="COWBOY_FETCH_WAIT_MS",
        ge=2,
        le=5000,
        description="How long the broker may hold an empty fetch, in ms. Default: 50 for kafka, which wakes a waiting "
        "fetch at new data, but not for a new topic; for tansu, which wakes none, 5 (1 starves consumers there), and "
        "with more than 25 topics a fifth of their number, up to 100: each empty fetch costs by the topic. While all "
        "its topics are silent, a reader of tansu asks every quarter of a second, later every second.",
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT",
        validation_alias="COWBOY_KAFKA_SECURITY_PROTOCOL",
        description="What the brokers' listener speaks. TLS checks the broker's certificate and host name; SASL logs "
        "in. With SASL_PLAINTEXT all is readable on the way, and with PLAIN the password too.",
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512",
        validation_alias="COWBOY_KAFKA_SASL_MECHANISM",
        description="How to log in, with SASL.",
    )
    kafka_username: str | None = Field(
        None,
        validation_alias="COWBOY_KAFKA_USERNAME",
        pattern=r"^[!-~]{1,200}$",
        description="Who logs in, with SASL.",
    )
    kafka_password: Secret | None = Field(
        None, validation_alias="COWBOY_KAFKA_PASSWORD", description="The password for it."
    )
    kafka_ca_file: ExistingFile | None = Field(
        None,
        validation_alias="COWBOY_KAFKA_CA_FILE",
        description="PEM file of the authorities that may have signed the brokers' certificates. Default: the "
        "system's.",
    )
    kafka_cert_file: ExistingFile | None = Field(
        None,
        validation_alias="COWBOY_KAFKA_CERT_FILE",
        description="PEM file of our own certificate, for brokers that ask for one.",
    )
    kafka_key_file: ExistingFile | None = Field(
        None,
        validation_alias="COWBOY_KAFKA_KEY_FILE",
        description="PEM file of its key. Default: in the certificate's file.",
    )
    kafka_key_password: Secret | None = Field(
        None, validation_alias="COWBOY_KAFKA_KEY_PASSWORD", description="Opens the key, if it is encrypted."
    )
    topic_replication_factor: int = Field(
        1,
        validation_alias="COWBOY_TOPIC_REPLICATION_FACTOR",
        ge=1,
        le=32_767,
        description="Brokers that each topic of a game is kept on. 3 where a broker may fail.",
    )
    topic_min_insync_replicas: int | None = Field(
        None,
        validation_alias="COWBOY_TOPIC_MIN_INSYNC_REPLICAS",
        ge=1,
        description="How many of them must have a message before it counts as sent (`min.insync.replicas`). 2 with 3 "
        "replicas. Default: the cluster's.",
    )
    input_topic_prefix: str = Field(
        "game.commands",
        validation_alias="GAME_INPUT_TOPIC_PREFIX",
        description="Commands of game G travel on `<prefix>.G.v1`.",
        pattern=r"^[A-Za-z0-9._-]{1,100}$",
    )
    output_topic_prefix: str = Field(
        "game.output",
        validation_alias="GAME_OUTPUT_TOPIC_PREFIX",
        description="Step events of game G travel on `<prefix>.G.v1`.",
        pattern=r"^[A-Za-z0-9._-]{1,100}$",
    )

    talk_topic_prefix: str = Field(
        "game.talk",
        validation_alias="COWBOY_TALK_TOPIC_PREFIX",
        description="What is said in game G travels on `<prefix>.G.v1`, with `COWBOY_TALK=table`.",
        pattern=r"^[A-Za-z0-9._-]{1,100}$",
    )

    @model_validator(mode="after")
    def _check_kafka_security(self) -> Self:
        protocol = f"COWBOY_KAFKA_SECURITY_PROTOCOL={self.kafka_security_protocol}"
        if self.kafka_uses_sasl and not (self.kafka_username and self.kafka_password):
            raise ValueError(f"{protocol} needs COWBOY_KAFKA_USERNAME and COWBOY_KAFKA_PASSWORD")
        if not self.kafka_uses_sasl and (self.kafka_username or self.kafka_password):
            raise ValueError(
                f"{protocol} logs nobody in, but COWBOY_KAFKA_USERNAME or COWBOY_KAFKA_PASSWORD is set; "
                "set SASL_SSL, or unset these"
            )
        if self.kafka_uses_tls:
            self.kafka_tls.context()
        elif not self.kafka_tls.is_plain:
            raise ValueError(
                f"{protocol} does without TLS, but a COWBOY_KAFKA_… file or key password is set; "
                "set SSL or SASL_SSL, or unset these"
            )
        return self

    @model_validator(mode="after")
    def _check_replicas(self) -> Self:
        if (self.topic_min_insync_replicas or 1) > self.topic_replication_factor:
            raise ValueError(
                f"COWBOY_TOPIC_MIN_INSYNC_REPLICAS={self.topic_min_insync_replicas} can never be reached with "
                f"COWBOY_TOPIC_REPLICATION_FACTOR={self.topic_replication_factor}; no message would count as sent"
            )
        return self

    @property
    def kafka_servers(self) -> tuple[Bind, ...]:
        """`kafka_bootstrap_servers` one by one."""
        return tuple(map(Bind, self.kafka_bootstrap_servers.split(",")))

    @property
    def kafka_uses_tls(self) -> bool:
        return self.kafka_security_protocol.endswith("SSL")

    @property
    def kafka_uses_sasl(self) -> bool:
        return self.kafka_security_protocol.startswith("SASL")

    @property
    def kafka_tls(self) -> Tls:
        return Tls(
            "COWBOY_KAFKA", self.kafka_ca_file, self.kafka_cert_file, self.kafka_key_file, self.kafka_key_password
        )

    def effective_fetch_wait_ms(self, topics: int) -> int:
        """Fetch wait in ms of one that reads so many topics, by kind of broker where it is not set."""
        if self.fetch_wait_ms is not None:
            return self.fetch_wait_ms
        return min(100, max(5, topics // 5)) if self.broker_kind == "tansu" else 50
