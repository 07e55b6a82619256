import { Badge, createTheme, Notification, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";
import i18next from "i18next";

// Each shade that carries white text, or stands as text on white, has a contrast of at least 4.5 : 1.
const school: MantineColorsTuple = [
  "#e7f3fc",
  "#d0e4f5",
  "#a1c8ea",
  "#6daadf",
  "#4391d6",
  "#2a82d1",
  "#1864ab",
  "#14599a",
  "#0f4c86",
  "#0a3d6d",
];

export const theme = createTheme({
  primaryColor: "school",
  primaryShade: { light: 6, dark: 6 },
  colors: { school },
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif",
  defaultRadius: "md",
  cursorType: "pointer",
  components: {
    Badge: Badge.extend({ defaultProps: { tt: "none" } }),
    Notification: Notification.extend({
      // Read anew for each, in the language of then.
      defaultProps: {
        closeButtonProps: {
          get "aria-label"() {
            return i18next.t("common:close");
          },
        },
      },
    }),
  },
});

// White on it has a contrast of 5.5 : 1.
const filled = (red: MantineColorsTuple) => ({
  "--mantine-color-red-filled": red[9],
  "--mantine-color-red-filled-hover": `color-mix(in srgb, ${red[9]} 85%, black)`,
});

/** Quiet text and coloured text on its own pale ground, at a contrast of at least 4.5 : 1 in both looks. */
export const contrast: CSSVariablesResolver = ({ colors }) => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": colors.gray[7],
    "--mantine-color-placeholder": colors.gray[7],
    "--mantine-color-error": colors.red[9],
    ...filled(colors.red),
    ...Object.fromEntries(
      Object.keys(colors).map((name) => [
        `--mantine-color-${name}-light-color`,
        `color-mix(in srgb, var(--mantine-color-${name}-9) 65%, black)`,
      ]),
    ),
  },
  dark: {
    "--mantine-color-dimmed": colors.dark[1],
    "--mantine-color-placeholder": colors.dark[1],
    "--mantine-color-error": colors.red[4],
    "--mantine-color-anchor": school[3],
    ...filled(colors.red),
  },
});
