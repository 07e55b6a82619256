import { Alert, Badge, Button, Card, Checkbox, FileInput, Group, Progress, Stack, Switch, Text } from "@mantine/core";
import { IconDownload, IconFileSpreadsheet, IconFileZip } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../../api/problem";
import { upload } from "../../api/upload";
import { download } from "../../shared/download";
import { Page } from "../../shared/Page";
import { PageLink } from "../../shared/PageLink";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { VirtualTable } from "../../shared/VirtualTable";

type Line = {
  line: number;
  student_id: string;
  outcome: "created" | "updated" | "unchanged" | "refused";
  photo_name?: string;
  photo?: "enrolled" | "already_enrolled" | "found" | "refused";
  lookalike?: { student_id: string; similarity: number };
  code?: string;
  message?: string;
};
type Summary = {
  rows: number;
  created: number;
  updated: number;
  unchanged: number;
  refused: number;
  dry_run: boolean;
  photos: { enrolled: number; already_enrolled: number; found: number; refused: number };
};
type Run = { isDry: boolean; sent: number; lines: Line[]; summary: Summary | null; error: unknown; isRunning: boolean };

const example =
  'student_id,full_name,birth_date,class_name,address,photo\r\nsiswa-001,Ayu Lestari,2010-04-21,7B,"Jl. Mawar 1, Malang",ayu.jpg\r\n';
const colors = {
  created: "green",
  updated: "blue",
  unchanged: "gray",
  refused: "red",
  enrolled: "green",
  already_enrolled: "gray",
  found: "blue",
};

/** A whole school by one file: tried first, then done, with word of each row. What fails leaves the files where they are. */
export default function ImportPage() {
  const { t } = useTranslation("students");
  const client = useQueryClient();
  const [roster, setRoster] = useState<File | null>(null);
  const [photos, setPhotos] = useState<File | null>(null);
  const [isCentral, setCentral] = useState(false);
  const [run, setRun] = useState<Run | null>(null);
  const [onlyTrouble, setOnlyTrouble] = useState(false);
  const giveUp = useRef<AbortController>(null);
  useEffect(() => () => giveUp.current?.abort(), []);
  useEffect(() => {
    if (!run?.isRunning) return;
    const stay = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", stay);
    return () => window.removeEventListener("beforeunload", stay);
  }, [run?.isRunning]);

  const start = async (isDry: boolean) => {
    if (!roster) return;
    const form = new FormData();
    form.append("dry_run", String(isDry));
    form.append("central", String(isCentral));
    form.append("roster", roster, roster.name);
    if (photos) form.append("photos", photos, photos.name);
    giveUp.current = new AbortController();
    let now: Run = { isDry, sent: 0, lines: [], summary: null, error: null, isRunning: true };
    const become = (next: Partial<Run>) => setRun((now = { ...now, ...next }));
    become({});
    const read = (texts: string[]) => {
      const lines = [...now.lines];
      for (const text of texts) {
        const said = JSON.parse(text) as Line & { summary?: Summary; error?: { code: string; message: string } };
        if (said.summary) now = { ...now, summary: said.summary };
        else if (said.error) now = { ...now, error: new Problem(said.error.code, 503, said.error.message) };
        else lines.push(said);
      }
      become({ lines });
    };
    try {
      await upload("/api/v1/students/import", form, { onSent: (sent) => become({ sent }), onLines: read, signal: giveUp.current.signal });
      become({ isRunning: false, error: now.summary ? null : (now.error ?? new Problem("console.import_broken", 0, t("import.broken"))) });
      if (!isDry) void client.invalidateQueries({ queryKey: ["students"] });
    } catch (error) {
      const isOwnDoing = error instanceof DOMException && error.name === "AbortError";
      become({ isRunning: false, error: isOwnDoing ? null : error });
    }
  };
  const choose = (set: (file: File | null) => void) => (file: File | null) => {
    set(file);
    setRun(null);
  };
  const isTried = run?.isDry === true && run.summary !== null;
  const shown = run?.lines.filter((l) => !onlyTrouble || l.code) ?? [];

  return (
    <Page title={t("import.title")}>
      <PageLink to="/students">{t("toAll")}</PageLink>
      <Card withBorder>
        <Stack>
          <Text>{t("import.what")}</Text>
          <Group>
            <Button
              size="xs"
              variant="default"
              leftSection={<IconDownload size={14} aria-hidden />}
              onClick={() => download(new Blob(["\ufeff", example], { type: "text/csv" }), "roster.csv")}
            >
              {t("import.example")}
            </Button>
          </Group>
          <FileInput
            label={t("import.roster")}
            description={t("import.rosterWhat")}
            required
            clearable
            accept=".csv,text/csv"
            value={roster}
            onChange={choose(setRoster)}
            leftSection={<IconFileSpreadsheet size={16} aria-hidden />}
            placeholder={t("import.none")}
            clearButtonProps={{ "aria-label": t("import.clear") }}
          />
          <FileInput
            label={t("import.photos")}
            description={t("import.photosWhat")}
            clearable
            accept=".zip,application/zip"
            value={photos}
            onChange={choose(setPhotos)}
            leftSection={<IconFileZip size={16} aria-hidden />}
            placeholder={t("import.none")}
            clearButtonProps={{ "aria-label": t("import.clear") }}
          />
          {photos && (
            <Checkbox
              label={t("import.central")}
              checked={isCentral}
              onChange={(e) => {
                setCentral(e.currentTarget.checked);
                setRun(null);
              }}
            />
          )}
          <Group>
            <Button
              variant={isTried ? "default" : "filled"}
              disabled={!roster || run?.isRunning}
              loading={run?.isRunning && run.isDry}
              onClick={() => void start(true)}
            >
              {t("import.try")}
            </Button>
            <Button disabled={!isTried || run?.isRunning} loading={run?.isRunning && !run.isDry} onClick={() => void start(false)}>
              {t("import.do")}
            </Button>
            {run?.isRunning && (
              <Button variant="subtle" color="gray" onClick={() => giveUp.current?.abort()}>
                {t("import.stop")}
              </Button>
            )}
          </Group>
        </Stack>
      </Card>
      {run?.isRunning && (
        <Stack gap={4}>
          <Text size="sm" aria-live="polite">
            {run.sent < 1 ? t("import.sending", { part: Math.round(run.sent * 100) }) : t("import.reading", { rows: run.lines.length })}
          </Text>
          <Progress value={run.sent * 100} animated={run.sent === 1} aria-label={t("import.progress")} />
        </Stack>
      )}
      <ProblemAlert error={run?.error} retry={() => void start(run!.isDry)} />
      {run?.summary && (
        <Alert
          color={run.summary.refused + run.summary.photos.refused > 0 ? "yellow" : "green"}
          variant="light"
          role="status"
          title={t(run.isDry ? "import.tried" : "import.done")}
        >
          <Text size="sm">{t("import.summary", run.summary)}</Text>
          {photos && <Text size="sm">{t("import.photoSummary", run.summary.photos)}</Text>}
          {run.isDry && (
            <Text size="sm" mt="xs">
              {t("import.next")}
            </Text>
          )}
        </Alert>
      )}
      {run && run.lines.length > 0 && (
        <>
          <Switch label={t("import.onlyTrouble")} checked={onlyTrouble} onChange={(e) => setOnlyTrouble(e.currentTarget.checked)} />
          <VirtualTable
            label={t("import.report")}
            rows={shown}
            rowKey={(l) => String(l.line)}
            rowHeight={72}
            height="60dvh"
            columns={[
              { key: "line", title: t("import.line"), grow: 1, render: (l) => l.line },
              { key: "student", title: t("id"), grow: 3, render: (l) => l.student_id },
              {
                key: "outcome",
                title: t("import.outcome"),
                grow: 6,
                render: (l) => (
                  <>
                    <Group gap={4}>
                      <Badge variant="light" tt="none" color={colors[l.outcome]}>
                        {t(`import.outcomes.${l.outcome}`)}
                      </Badge>
                      {l.photo && (
                        <Badge variant="light" tt="none" color={colors[l.photo]}>
                          {t(`import.photoOutcomes.${l.photo}`)}
                        </Badge>
                      )}
                    </Group>
                    {(l.message || l.lookalike) && (
                      <Text size="xs" lineClamp={2} title={l.message}>
                        {l.message}
                        {l.lookalike && t("import.lookalike", { id: l.lookalike.student_id })}
                      </Text>
                    )}
                  </>
                ),
              },
            ]}
          />
        </>
      )}
    </Page>
  );
}
