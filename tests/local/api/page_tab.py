"""A tab of a browser that has the live page open, and stores that it looks into."""

API = "http://127.0.0.1:4400"
PAGE = f"{API}/local/page"
SECRET = "canary of a secret"


class Tab:
    """A tab of a browser that has the page open."""

    def __init__(self, world, session):
        self.world = world
        self.headers = {"authorization": f"Bearer {session}", "sec-fetch-site": "same-origin"}

    async def get(self, path, **query):
        return await self.ask("GET", path, params=query)

    async def ask(self, method, path, **sent):
        return await self.world.ask(method, f"{PAGE}/{path}", headers=self.headers, **sent)


async def open_tab(world):
    """Open the page by a link, as whoever starts the local Cloudflare does."""
    link = (await world.ask("POST", f"{PAGE}/links"))["url"].partition("#")[2]
    made = await world.ask("POST", f"{PAGE}/session", json={"link": link}, headers=nobody())
    return Tab(world, made["session"])


async def make_stores(world):
    """Make one store of each kind, with a worker that is bound to them and has a secret."""
    kv = await world.ask("POST", world.account("/storage/kv/namespaces"), json={"title": "keys"})
    await world.ask("POST", world.account("/r2/buckets"), json={"name": "files"})
    d1 = await world.ask("POST", world.account("/d1/database"), json={"name": "main"})
    await world.ask("POST", world.account("/queues"), json={"queue_name": "jobs"})
    bindings = [
        {"name": "TOKEN", "type": "secret_text", "text": SECRET},
        {"name": "KV", "type": "kv_namespace", "namespace_id": kv["id"]},
    ]
    await world.upload(bindings=bindings)
    return {"kv": kv["id"], "d1": d1["uuid"], "r2": "files"}


def nobody():
    return {"authorization": ""}
