import { Button, Card, Group, Loader, SegmentedControl, Select, SimpleGrid, Text, TextInput } from "@mantine/core";
import { IconDownload, IconPrinter } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useCallback } from "react";
import { useTranslation } from "react-i18next";
import { api, request, type Schemas } from "../../api/client";
import { download } from "../../shared/download";
import { Empty } from "../../shared/Empty";
import { Page } from "../../shared/Page";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { useDraft } from "../../shared/useDraft";
import { useSchoolTime } from "../../shared/useSchoolTime";
import { VirtualTable, type Column } from "../../shared/VirtualTable";
import { classesQuery } from "../students/StudentsPage";

const DaysChart = lazy(() => import("./DaysChart"));

type Row = Schemas["ReportRow"];
const pageSize = 200;
const statuses = ["present", "late", "absent", "excused", "sick"] as const;
const groups = ["student", "class", "day"] as const;
const orders = ["late", "absent", "rate", "name"] as const;

/** How often students were there: by student, class and day, who is often late first. */
export default function ReportsPage() {
  const { t, i18n } = useTranslation("reports");
  const times = useSchoolTime();
  const today = times.day();
  const [view, setView] = useDraft("reports/view", {
    from: times.day(new Date(Date.now() - 30 * 86_400_000)),
    to: today,
    group_by: "student" as (typeof groups)[number],
    order: "late" as (typeof orders)[number],
    class_name: "",
  });
  const change = (part: Partial<typeof view>) => setView((before) => ({ ...before, ...part }));
  const query = { ...view, class_name: view.class_name || undefined };
  const classes = useQuery(classesQuery);
  const report = useInfiniteQuery({
    queryKey: ["reports", query],
    queryFn: async ({ pageParam, signal }) =>
      (await api.GET("/api/v1/reports/attendance", { params: { query: { ...query, limit: pageSize, offset: pageParam } }, signal })).data!,
    initialPageParam: 0,
    getNextPageParam: (last, pages) => (pages.length * pageSize < last.total ? pages.length * pageSize : undefined),
    placeholderData: keepPreviousData,
  });
  const days = useQuery({
    queryKey: ["reports", "days", view.from, view.to, view.class_name],
    queryFn: async () =>
      (
        await api.GET("/api/v1/reports/attendance", {
          params: { query: { from: view.from, to: view.to, class_name: query.class_name, group_by: "day", limit: pageSize } },
        })
      ).data!.items,
    placeholderData: keepPreviousData,
  });
  const csv = useMutation({
    mutationFn: async () => {
      const search = new URLSearchParams({ bom: "true" });
      for (const [name, value] of Object.entries(query)) if (value) search.set(name, value);
      const answer = await request(`/api/v1/reports/attendance.csv?${search}`);
      download(await answer.blob(), `attendance-${view.group_by}-${view.from}-${view.to}.csv`);
    },
  });
  const rows = report.data?.pages.flatMap((page) => page.items) ?? [];
  const totals = report.data?.pages[0]?.totals;
  const percent = new Intl.NumberFormat(i18n.language, { style: "percent", maximumFractionDigits: 1 });
  const rateOf = (rate: number | null) => (rate === null ? "–" : percent.format(rate));
  const keyOf = (row: Row) => row.student_id ?? row.date ?? row.class_name ?? "";
  const nameOf = (row: Row) =>
    row.date ? times.date(`${row.date}T12:00:00Z`) : row.student_id ? (row.full_name ?? row.student_id) : (row.class_name ?? t("noClass"));
  const onEnd = useCallback(() => {
    if (report.hasNextPage && !report.isFetching) void report.fetchNextPage();
  }, [report]);

  const columns: Column<Row>[] = [
    {
      key: "name",
      title: t(`groups.${view.group_by}`),
      grow: 4,
      render: (row) => (
        <>
          {nameOf(row)}
          {row.student_id && (
            <Text size="xs" c="dimmed" component="span" display="block">
              {[row.class_name, row.student_id].filter(Boolean).join(" · ")}
            </Text>
          )}
        </>
      ),
    },
    ...statuses.map((status) => ({
      key: status,
      title: t(`common:status.${status}`),
      grow: 1.6,
      wideOnly: status !== "late" && status !== "absent",
      render: (row: Row) => row.counts[status],
    })),
    { key: "minutes", title: t("minutesLate"), grow: 1.8, wideOnly: true, render: (row) => row.counts.minutes_late },
    { key: "rate", title: t("rate"), grow: 1.8, render: (row) => rateOf(row.counts.rate) },
  ];

  return (
    <Page
      title={t("common:pages.reports")}
      actions={
        <>
          <Button variant="default" leftSection={<IconPrinter size={16} aria-hidden />} onClick={() => window.print()}>
            {t("print")}
          </Button>
          <Button leftSection={<IconDownload size={16} aria-hidden />} loading={csv.isPending} onClick={() => csv.mutate()}>
            {t("csv")}
          </Button>
        </>
      }
    >
      <Group align="end" className="no-print">
        <TextInput
          type="date"
          label={t("from")}
          value={view.from}
          max={view.to}
          onChange={(e) => e.currentTarget.value && change({ from: e.currentTarget.value })}
        />
        <TextInput
          type="date"
          label={t("to")}
          value={view.to}
          min={view.from}
          onChange={(e) => e.currentTarget.value && change({ to: e.currentTarget.value })}
        />
        <Select
          label={t("groups.class")}
          placeholder={t("everyClass")}
          clearable
          searchable
          limit={100}
          value={view.class_name || null}
          onChange={(name) => change({ class_name: name ?? "" })}
          data={classes.data?.map((c) => c.name) ?? []}
          clearButtonProps={{ "aria-label": t("everyClass") }}
        />
        <Select
          label={t("order")}
          allowDeselect={false}
          value={view.order}
          onChange={(order) => order && change({ order: order as typeof view.order })}
          data={orders.map((order) => ({ value: order, label: t(`orders.${order}`) }))}
        />
        <SegmentedControl
          aria-label={t("groupBy")}
          value={view.group_by}
          onChange={(group) => change({ group_by: group as typeof view.group_by })}
          data={groups.map((group) => ({ value: group, label: t(`groups.${group}`) }))}
        />
      </Group>
      <Text c="dimmed">
        {times.date(`${view.from}T12:00:00Z`)} – {times.date(`${view.to}T12:00:00Z`)}
        {view.class_name && ` · ${view.class_name}`}
      </Text>
      <ProblemAlert error={report.error ?? days.error ?? csv.error} retry={() => void report.refetch()} />
      {totals && (
        <SimpleGrid cols={{ base: 2, xs: 3, md: 7 }} spacing="xs">
          {[
            [t("rate"), rateOf(totals.rate)],
            ...statuses.map((status) => [t(`common:status.${status}`), totals[status]]),
            [t("minutesLate"), totals.minutes_late],
          ].map(([name, value]) => (
            <Card key={String(name)} withBorder p="xs">
              <Text size="sm" c="dimmed">
                {name}
              </Text>
              <Text fw={700} size="lg">
                {typeof value === "number" ? value.toLocaleString(i18n.language) : value}
              </Text>
            </Card>
          ))}
        </SimpleGrid>
      )}
      {days.data && days.data.length > 1 && (
        <Suspense fallback={<Loader size="sm" />}>
          <DaysChart
            days={days.data}
            label={t("chart")}
            nameOfDay={t("groups.day")}
            nameOf={(status) => t(`common:status.${status}` as never)}
          />
        </Suspense>
      )}
      {report.isSuccess && rows.length === 0 && <Empty>{t("none")}</Empty>}
      {rows.length > 0 && (
        <VirtualTable
          label={t("common:pages.reports")}
          rows={rows}
          rowKey={keyOf}
          columns={columns}
          onEnd={onEnd}
          isLoading={report.isFetching}
          rowHeight={56}
          height="70dvh"
        />
      )}
    </Page>
  );
}
