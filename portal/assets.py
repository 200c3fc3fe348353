"""Static files as they are served: hashed, compressed, for ever cacheable."""

from django.contrib.staticfiles.storage import HashedFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage


class Assets(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Renames also what our ES modules import from each other: only hashed files are kept, so
    that an import of the plain name would not be found. Bootstrap's modules stay as they are,
    they name packages that only a bundler knows."""

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("js/*.js", HashedFilesMixin._js_module_import_aggregation_patterns[1]),  # type: ignore[attr-defined]
    )
