/** The address of the folder that the page lies in, with its last slash, whatever proxy is between. */
export const BASE = new URL(".", window.location.href).href;

const FOLDER = new URL(BASE).pathname;

/** The absolute address of a path of the server, as `api/v1/people`; a server that knows under which
 * path it stands says `/lookout/api/v1/people`. */
export function address(path: string): string {
  return new URL(path.startsWith(FOLDER) ? path : path.replace(/^\//, ""), BASE).href;
}
