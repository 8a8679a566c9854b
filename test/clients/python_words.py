"""What the programs beside this one say, in words that can be compared. Imported by python-etcd3.py and python-etcd3-auth.py."""


def say(*words):
    print(*words, flush=True)


def fails(what, *args, **kwargs):
    """The class of the error, and its words where the server chose them."""
    try:
        return ("answered", what(*args, **kwargs))
    except Exception as error:  # the library has no base class that all its errors share
        details = getattr(error, "details", None)
        return (type(error).__name__, details() if callable(details) else str(error))
