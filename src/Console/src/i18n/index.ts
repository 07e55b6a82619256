import i18next, { type BackendModule, type ReadCallback } from "i18next";
import { initReactI18next } from "react-i18next";

/** In the order in which a person chooses among them, each in its own words. */
export const languages = { en: "English", id: "Bahasa Indonesia" } as const;
export type Language = keyof typeof languages;

const remembered = "language";
const files = import.meta.glob<Record<string, unknown>>("./*/*.json", { import: "default" });

const backend: BackendModule = {
  type: "backend",
  init() {},
  read(language: string, namespace: string, done: ReadCallback) {
    const load = files[`./${language}/${namespace}.json`];
    if (!load) return done(new Error(`There are no texts ${language}/${namespace}.`), null);
    load().then(
      (texts) => done(null, texts),
      (error: Error) => done(error, null),
    );
  },
};

function preferred(): Language {
  const stored = localStorage.getItem(remembered);
  const wanted = [stored, ...navigator.languages].map((l) => l?.slice(0, 2));
  return (wanted.find((l) => l && l in languages) as Language | undefined) ?? "en";
}

/** One file a page and language: src/i18n/LANGUAGE/NAME.json, loaded with the page that asks for it by `useTranslation("NAME")`. */
export async function startTexts(namespaces: string[] = ["common"]) {
  await i18next
    .use(backend)
    .use(initReactI18next)
    .init({
      lng: preferred(),
      fallbackLng: "en",
      supportedLngs: Object.keys(languages),
      ns: namespaces,
      defaultNS: "common",
      partialBundledLanguages: true,
      interpolation: { escapeValue: false },
      react: { useSuspense: true },
    });
  const tell = (language: string) => {
    document.documentElement.lang = language;
  };
  tell(i18next.language);
  i18next.on("languageChanged", tell);
}

export async function chooseLanguage(language: Language) {
  localStorage.setItem(remembered, language);
  await i18next.changeLanguage(language);
}
