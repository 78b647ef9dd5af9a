import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const SERVER = "http://127.0.0.1:8000";

export default defineConfig({
  base: "./", // all addresses are relative to the page: it works under any path of a proxy
  plugins: [react(), tailwindcss()],
  build: {
    outDir: "../server/api/dashboard", // where the wheel takes it from
    emptyOutDir: true,
    target: "es2022",
    reportCompressedSize: false,
  },
  server: {
    proxy: {
      "/api": { target: SERVER, ws: true },
      "/socket.io": { target: SERVER, ws: true },
      "/healthz": SERVER,
      "/readyz": SERVER,
    },
  },
  test: { environment: "happy-dom", include: ["tests/**/*.test.{ts,tsx}"] },
});
