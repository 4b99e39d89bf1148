"""What holds for every test: no test fails because a machine is slow."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "postil", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("postil")
