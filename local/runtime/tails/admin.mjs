// Who is watched; the tail worker itself takes it.
//
//   PUT    /tails                          [worker, …]: those of which every event is to be written out

export function serve({ request, env }) {
  return env.TAIL.fetch(request);
}
