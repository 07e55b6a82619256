import { Alert, Badge, Button, FileInput, Group, Stack, Text } from "@mantine/core";
import { IconDownload, IconFileSpreadsheet } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { upload } from "../../api/upload";
import { download } from "../../shared/download";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { VirtualTable } from "../../shared/VirtualTable";

type Line = { line: number; name: string; outcome: "created" | "updated" | "unchanged" | "refused"; message?: string };
type Summary = { rows: number; created: number; updated: number; unchanged: number; refused: number; dry_run: boolean };

const example =
  "name,class_name,weekdays,starts,ends,grace_minutes\r\nMathematics,7B,mon wed,07:00,07:45,10\r\nSports,7B,fri,08:00,09:30,15\r\n";
const colors = { created: "green", updated: "blue", unchanged: "gray", refused: "red" };

/** A timetable by a file: tried first, then done, with word of each row. */
export function ImportTimetable() {
  const { t } = useTranslation("classes");
  const client = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const run = useMutation({
    mutationFn: async (isDry: boolean) => {
      const form = new FormData();
      form.append("dry_run", String(isDry));
      form.append("timetable", file!, file!.name);
      const said = (await upload("/api/v1/timetable/import", form))
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as object);
      return { lines: said.slice(0, -1) as Line[], summary: (said.at(-1) as { summary: Summary }).summary };
    },
    onSuccess: (_, isDry) => {
      if (!isDry) void Promise.all(["timetable", "roll-call"].map((key) => client.invalidateQueries({ queryKey: [key] })));
    },
  });
  const isTried = run.data?.summary.dry_run === true;

  return (
    <Stack>
      <Text size="sm">{t("import.what")}</Text>
      <Group>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconDownload size={14} aria-hidden />}
          onClick={() => download(new Blob(["\ufeff", example], { type: "text/csv" }), "timetable.csv")}
        >
          {t("import.example")}
        </Button>
      </Group>
      <FileInput
        label={t("import.file")}
        required
        clearable
        accept=".csv,text/csv"
        value={file}
        onChange={(chosen) => {
          setFile(chosen);
          run.reset();
        }}
        placeholder={t("import.none")}
        leftSection={<IconFileSpreadsheet size={16} aria-hidden />}
        clearButtonProps={{ "aria-label": t("import.clear") }}
      />
      <Group>
        <Button
          variant={isTried ? "default" : "filled"}
          disabled={!file}
          loading={run.isPending && run.variables}
          onClick={() => run.mutate(true)}
        >
          {t("import.try")}
        </Button>
        <Button disabled={!isTried} loading={run.isPending && !run.variables} onClick={() => run.mutate(false)}>
          {t("import.do")}
        </Button>
      </Group>
      <ProblemAlert error={run.error} />
      {run.data && (
        <>
          <Alert
            color={run.data.summary.refused > 0 ? "yellow" : "green"}
            variant="light"
            role="status"
            title={t(isTried ? "import.tried" : "import.done")}
          >
            {t("import.summary", run.data.summary)}
          </Alert>
          <VirtualTable
            label={t("import.report")}
            rows={run.data.lines}
            rowKey={(l) => String(l.line)}
            rowHeight={64}
            height="40dvh"
            columns={[
              { key: "line", title: t("import.line"), grow: 1, render: (l) => l.line },
              { key: "name", title: t("name"), grow: 3, render: (l) => l.name },
              {
                key: "outcome",
                title: t("import.outcome"),
                grow: 5,
                render: (l) => (
                  <>
                    <Badge variant="light" tt="none" color={colors[l.outcome]}>
                      {t(`import.outcomes.${l.outcome}`)}
                    </Badge>
                    {l.message && (
                      <Text size="xs" lineClamp={2} title={l.message}>
                        {l.message}
                      </Text>
                    )}
                  </>
                ),
              },
            ]}
          />
        </>
      )}
    </Stack>
  );
}
