// Digests of text (as UTF-8), in hexadecimal.

import { md5, sha1 } from "@noble/hashes/legacy.js";
import { sha224, sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { sha3_512 } from "@noble/hashes/sha3.js";
import { Buffer } from "buffer";
import { ExtensionError } from "../errors.js";

const hex = (hash) => (bytes) => Buffer.from(hash(bytes)).toString("hex");

const ALGORITHMS = new Map([
  ["md5", hex(md5)],
  ["sha1", hex(sha1)],
  ["sha224", hex(sha224)],
  ["sha256", hex(sha256)],
  ["sha384", hex(sha384)],
  ["sha512", hex(sha512)],
  ["sha3", hex(sha3_512)],
  ["base64", (bytes) => bytes.toString("base64")],
]);

/** The text's digest; `base64` is its plain base64 form. */
export function digest(text, algorithm = "md5") {
  const compute = ALGORITHMS.get(String(algorithm).toLowerCase());
  if (compute === undefined) {
    throw new ExtensionError(
      `Unknown algorithm ${algorithm}. ` +
        "Available algorithms are: md5,sha1,sha224,sha256,sha384,sha512,sha3, and Base64.",
    );
  }
  return compute(Buffer.from(text, "utf8"));
}
