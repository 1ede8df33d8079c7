// R2: the binding's protocol by default, S3, public hosts and the admin by name.

import { WorkerEntrypoint } from "cloudflare:workers";
import * as admin from "./admin.mjs";
import * as binding from "./binding.mjs";
import * as publicHost from "./public.mjs";
import * as s3 from "./s3.mjs";

export { Bucket } from "./bucket.mjs";

export default {
  /**
   * @param {Request} request
   * @param {unknown} _env
   * @param {ExecutionContext<{ bucket: string }>} ctx
   */
  fetch(request, _env, ctx) {
    return binding.serve(request, ctx.props.bucket);
  },
};

export class S3 extends WorkerEntrypoint {
  /**
   * @param {Request} request
   * @override
   */
  fetch(request) {
    return s3.serve(request);
  }
}

/** @extends {WorkerEntrypoint<Cloudflare.Env, { bucket: string }>} */
export class Public extends WorkerEntrypoint {
  /**
   * @param {Request} request
   * @override
   */
  fetch(request) {
    return publicHost.serve(request, this.ctx.props.bucket);
  }
}

export class Admin extends WorkerEntrypoint {
  /**
   * @param {Request} request
   * @override
   */
  fetch(request) {
    return admin.serve(request);
  }
}
