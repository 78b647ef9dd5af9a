// Listens with the JavaScript client and writes each message as one line of JSON:
// node listen.mjs URL AUTH_AS_JSON [TRANSPORT]
import { io } from "socket.io-client";

const [url, auth, transport] = process.argv.slice(2);
const tell = (name, data) => process.stdout.write(JSON.stringify([name, data]) + "\n");
const socket = io(url, {
  auth: JSON.parse(auth),
  reconnection: false,
  ...(transport ? { transports: [transport] } : {}),
});
for (const name of ["hello", "event", "resync", "ended"]) {
  socket.on(name, (data) => tell(name, data));
}
socket.on("connect_error", (error) => {
  tell("refused", { reason: error.message });
  process.exit();
});
socket.on("disconnect", () => process.exit());
