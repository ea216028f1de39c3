import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const service = "http://127.0.0.1:8080";

export default defineConfig({
  root: import.meta.dirname,
  // Relative, so that the page works below any base path.
  base: "./",
  plugins: [react()],
  build: { outDir: "../service/console", emptyOutDir: true, target: "es2022" },
  server: {
    proxy: {
      "/ws": { target: service, ws: true },
      "/api": service,
      "/metrics": service,
    },
  },
});
