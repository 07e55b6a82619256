import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { VitePWA } from "vite-plugin-pwa";

const here = import.meta.dirname;
const built = resolve(here, "../WebApi/wwwroot");

/** Writes each text beside itself as .br and .gz, so that the server compresses nothing when it is asked for it. */
const compressed = (): Plugin => ({
  name: "compressed",
  apply: "build",
  enforce: "post",
  closeBundle: {
    order: "post",
    sequential: true,
    handler() {
      for (const name of readdirSync(built, { recursive: true, encoding: "utf8" })) {
        if (!/\.(js|css|svg|json|webmanifest)$/.test(name)) continue;
        const file = join(built, name);
        const bytes = readFileSync(file);
        if (bytes.length < 1024) continue;
        writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
        writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
      }
    },
  },
});

/** Parts of Mantine that stand alone: none of its other parts is made of them. */
const apart = [
  "AngleSlider",
  "Avatar",
  "Blockquote",
  "Cascader",
  "Chip",
  "ColorInput",
  "ColorPicker",
  "ColorSwatch",
  "DataList",
  "EmptyState",
  "Indicator",
  "Kbd",
  "Marquee",
  "Pagination",
  "Rating",
  "RingProgress",
  "RollingNumber",
  "Scroller",
  "SemiCircleProgress",
  "Slider",
  "Splitter",
  "Stepper",
  "TableOfContents",
  "Tabs",
  "Timeline",
  "Tour",
  "Toolbar",
  "Tree",
  "TreeSelect",
  "Typography",
];

/** Leaves the styles of those of them out that no page uses, a third of Mantine's. */
const mantineStyles = (): Plugin => ({
  name: "mantine-styles",
  enforce: "pre",
  transform(css, id) {
    if (!id.endsWith("@mantine/core/styles.css")) return;
    const sources = readdirSync(join(here, "src"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".tsx"))
      .map((name) => readFileSync(join(here, "src", name), "utf8"))
      .join();
    for (const part of apart.filter((part) => !new RegExp(`<${part}\\b`).test(sources)))
      css = css.replace(readFileSync(id.replace("styles.css", `styles/${part}.css`), "utf8").trim(), "");
    return css;
  },
});

const kiosksOwn = new Set<string>();

/** Finds what the kiosk's page loads: its scripts with all that they import, their styles, and its texts. */
const kiosk = (): Plugin => ({
  name: "kiosk",
  apply: "build",
  generateBundle(_, bundle) {
    const add = (name: string) => {
      const chunk = bundle[name];
      if (chunk?.type !== "chunk" || kiosksOwn.has(name)) return;
      kiosksOwn.add(name);
      chunk.viteMetadata?.importedCss.forEach((css) => kiosksOwn.add(css));
      chunk.imports.forEach(add);
    };
    for (const [name, chunk] of Object.entries(bundle)) {
      const source = chunk.type === "chunk" ? (chunk.facadeModuleId ?? "") : "";
      if (/kiosk\.html$|\/i18n\/\w+\/(kiosk|camera)\.json$/.test(source)) add(name);
    }
  },
});

const server = process.env.FACE_SERVER ?? "http://127.0.0.1:8000";

export default defineConfig({
  root: here,
  plugins: [
    react(),
    mantineStyles(),
    kiosk(),
    VitePWA({
      registerType: "prompt",
      injectRegister: false,
      manifest: {
        name: "FaceAttendance",
        short_name: "Attendance",
        description: "Who is here, alive, at the right place, at the right time",
        start_url: "/",
        display: "standalone",
        background_color: "#ffffff",
        theme_color: "#1864ab",
        icons: [{ src: "/icon.svg", sizes: "any", type: "image/svg+xml", purpose: "any" }],
      },
      workbox: {
        // The kiosk starts without the server. Everything else is the server's to give: each index.html has a nonce of its own.
        globPatterns: ["kiosk.html", "assets/*.{js,css}", "icon.svg"],
        manifestTransforms: [
          (entries) => ({ manifest: entries.filter(({ url }) => !url.startsWith("assets/") || kiosksOwn.has(url)), warnings: [] }),
        ],
        navigateFallback: null,
        // A kiosk's page is never closed, for which a new version would wait.
        skipWaiting: true,
        clientsClaim: true,
      },
    }),
    compressed(),
  ],
  build: {
    outDir: built,
    emptyOutDir: true,
    target: "es2022",
    // No page of another origin may be asked for anything, and what is small still has an address of its own: data: is not allowed either.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: ["index.html", "check-in.html", "kiosk.html"].map((page) => resolve(here, page)),
    },
  },
  server: {
    proxy: Object.fromEntries(["/api", "/hubs", "/ws", "/health", "/recognize"].map((path) => [path, { target: server, ws: true }])),
  },
});
