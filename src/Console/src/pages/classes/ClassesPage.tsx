import { Badge, Button, Group, Modal, Paper, Select, SimpleGrid, Stack, Tabs, Text, UnstyledButton } from "@mantine/core";
import { IconFileImport, IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { may, useSession } from "../../api/session";
import { Empty } from "../../shared/Empty";
import { Page } from "../../shared/Page";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { useDraft } from "../../shared/useDraft";
import { classesQuery } from "../students/StudentsPage";
import { Holidays } from "./Holidays";
import { ImportTimetable } from "./ImportTimetable";
import { LessonForm } from "./LessonForm";

export type Lesson = Schemas["Lesson"];
const pageSize = 200;

/** Monday first, as a school's week goes. */
export const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

/** A weekday in the reader's language. The 5th of January 2026 was a Monday. */
export function useWeekdayName() {
  const { i18n } = useTranslation();
  const format = new Intl.DateTimeFormat(i18n.language, { weekday: "long", timeZone: "UTC" });
  return (day: string) => format.format(new Date(Date.UTC(2026, 0, 5 + weekdays.indexOf(day as (typeof weekdays)[number]))));
}

/** The week's lessons, of one class or of all, and the days on which there are none. */
export default function ClassesPage() {
  const { t } = useTranslation("classes");
  const session = useSession();
  const nameOf = useWeekdayName();
  const [filter, setFilter] = useDraft("classes/filter", { class_name: "" });
  const [open, setOpen] = useState<Lesson | "new" | null>(null);
  const [isImporting, setImporting] = useState(false);
  const classes = useQuery(classesQuery);
  const lessons = useInfiniteQuery({
    queryKey: ["timetable", "lessons", filter.class_name],
    queryFn: async ({ pageParam }) =>
      (
        await api.GET("/api/v1/timetable/lessons", {
          params: { query: { class_name: filter.class_name || undefined, limit: pageSize, offset: pageParam } },
        })
      ).data!,
    initialPageParam: 0,
    getNextPageParam: (last, pages) => (pages.length * pageSize < last.total ? pages.length * pageSize : undefined),
  });
  const shown = lessons.data?.pages.flatMap((page) => page.items) ?? [];
  const mayWrite = may(session, "attendance:write");
  const only = classes.data?.[0]?.name;
  // A week of all classes at once is more than anybody reads.
  useEffect(() => {
    if (!filter.class_name && only) setFilter({ class_name: only });
  }, [only]);

  return (
    <Page
      title={t("common:pages.classes")}
      actions={
        mayWrite && (
          <>
            <Button variant="default" leftSection={<IconFileImport size={16} aria-hidden />} onClick={() => setImporting(true)}>
              {t("import.title")}
            </Button>
            <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setOpen("new")}>
              {t("add")}
            </Button>
          </>
        )
      }
    >
      <Tabs defaultValue="week" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="week">{t("week")}</Tabs.Tab>
          <Tabs.Tab value="holidays">{t("holidays.title")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="week">
          <Stack>
            <Select
              label={t("class")}
              placeholder={t("everyClass")}
              clearable
              searchable
              limit={100}
              maw={320}
              value={filter.class_name || null}
              onChange={(name) => setFilter({ class_name: name ?? "" })}
              data={classes.data?.map((c) => ({ value: c.name, label: `${c.name} (${c.students})` })) ?? []}
              clearButtonProps={{ "aria-label": t("everyClass") }}
            />
            <ProblemAlert error={lessons.error ?? classes.error} retry={() => void lessons.refetch()} />
            {lessons.isSuccess && shown.length === 0 && (
              <Empty action={mayWrite && <Button onClick={() => setOpen("new")}>{t("add")}</Button>}>{t("none")}</Empty>
            )}
            {shown.length > 0 && (
              <SimpleGrid cols={{ base: 1, sm: 2, md: 4, lg: 7 }} spacing="xs">
                {weekdays
                  .filter((day) => weekdays.indexOf(day) < 5 || shown.some((l) => l.weekdays.includes(day)))
                  .map((day) => (
                    <Stack key={day} gap="xs" component="section" aria-label={nameOf(day)}>
                      <Text fw={600}>{nameOf(day)}</Text>
                      {shown
                        .filter((lesson) => lesson.weekdays.includes(day))
                        .sort((a, b) => a.starts.localeCompare(b.starts))
                        .map((lesson) => (
                          <UnstyledButton key={lesson.id} onClick={() => setOpen(lesson)}>
                            <Paper withBorder p="xs">
                              <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
                                {lesson.name}
                              </Text>
                              <Text size="sm">
                                {lesson.starts} – {lesson.ends}
                              </Text>
                              <Group gap={4} mt={4}>
                                {lesson.class_name && !filter.class_name && (
                                  <Badge variant="light" tt="none">
                                    {lesson.class_name}
                                  </Badge>
                                )}
                                <Text size="xs" c="dimmed">
                                  {t("expected", { count: lesson.expected })}
                                </Text>
                              </Group>
                            </Paper>
                          </UnstyledButton>
                        ))}
                    </Stack>
                  ))}
              </SimpleGrid>
            )}
            {lessons.hasNextPage && (
              <Button variant="default" loading={lessons.isFetchingNextPage} onClick={() => void lessons.fetchNextPage()}>
                {t("common:more")}
              </Button>
            )}
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="holidays">
          <Holidays mayWrite={mayWrite} />
        </Tabs.Panel>
      </Tabs>
      <Modal
        opened={open !== null}
        onClose={() => setOpen(null)}
        size="lg"
        title={open === "new" ? t("add") : open?.name}
        closeButtonProps={{ "aria-label": t("common:close") }}
      >
        {open && (
          <LessonForm
            lesson={open === "new" ? null : open}
            className={filter.class_name}
            classes={classes.data?.map((c) => c.name) ?? []}
            mayWrite={mayWrite}
            onDone={() => setOpen(null)}
          />
        )}
      </Modal>
      <Modal
        opened={isImporting}
        onClose={() => setImporting(false)}
        size="xl"
        title={t("import.title")}
        closeButtonProps={{ "aria-label": t("common:close") }}
      >
        <ImportTimetable />
      </Modal>
    </Page>
  );
}
