export function serve() { return new Response("not yet", { status: 501 }); }
