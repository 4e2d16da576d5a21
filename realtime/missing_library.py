"""Failed imports in words that help."""


def missing_library(error: ImportError) -> str:
    """What to install for an import that failed."""
    text = str(error)
    if any(library in text for library in ("libGL", "libgthread", "libglib", "libxcb", "libSM", "libXext")):
        return (
            f"OpenCV misses a system library ({text}): install it, on Debian and Ubuntu by "
            "'apt-get install libgl1 libglib2.0-0', on Fedora by 'dnf install mesa-libGL glib2'"
        )
    package = error.name.split(".")[0] if error.name else ""
    if package in {"fastapi", "huey", "python_multipart", "starlette", "uvicorn", "websockets"}:
        return f"the studio needs the package {package}: pip install -c constraints.txt -e '.[studio]'"
    if package in {
        "torch",
        "safetensors",
        "tensorboard",
        "onnxscript",
        "scipy",
    }:
        return f"training needs the package {error.name}: pip install -c constraints.txt -e '.[train]'"
    return f"a package is missing or damaged ({text}): install livebrush again"
