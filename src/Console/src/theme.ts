import { createTheme, type MantineColorsTuple } from "@mantine/core";

// Each shade that carries white text, or stands as text on white, has a contrast of at least 4.5 : 1.
const school: MantineColorsTuple = [
  "#e7f3fc", "#d0e4f5", "#a1c8ea", "#6daadf", "#4391d6", "#2a82d1", "#1864ab", "#14599a", "#0f4c86", "#0a3d6d",
];

export const theme = createTheme({
  primaryColor: "school",
  primaryShade: { light: 6, dark: 6 },
  colors: { school },
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif",
  defaultRadius: "md",
  cursorType: "pointer",
});
