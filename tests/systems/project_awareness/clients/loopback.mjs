import dns from "node:dns";

const LOOPBACK = { address: "127.0.0.1", family: 4 };

// Clients ask the worker's own host by its name, as they would on Cloudflare, and find it on this machine.
dns.lookup = (_host, options, done) => {
  const found = typeof options === "function" ? options : done;
  if (options.all) found(null, [LOOPBACK]);
  else found(null, LOOPBACK.address, LOOPBACK.family);
};
