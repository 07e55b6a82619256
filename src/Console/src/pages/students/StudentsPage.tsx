import { Badge, Button, Group, Modal, Select, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconFileImport, IconPlus, IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { may, useSession } from "../../api/session";
import { Empty } from "../../shared/Empty";
import { Page } from "../../shared/Page";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { useDraft } from "../../shared/useDraft";
import { useSchoolTime } from "../../shared/useSchoolTime";
import { VirtualTable } from "../../shared/VirtualTable";
import { AddStudent } from "./StudentForm";

const pageSize = 200;

export const classesQuery = {
  queryKey: ["students", "classes"],
  queryFn: async () => (await api.GET("/api/v1/classes")).data!.items,
};

/** Everybody whom the school knows. */
export default function StudentsPage() {
  const { t } = useTranslation("students");
  const times = useSchoolTime();
  const session = useSession();
  const navigate = useNavigate();
  const [filter, setFilter, forget] = useDraft("students/filter", { q: "", class_name: "" });
  const [q] = useDebouncedValue(filter.q.trim(), 200);
  const [isAdding, setAdding] = useState(false);
  const classes = useQuery(classesQuery);
  const students = useInfiniteQuery({
    queryKey: ["students", "list", q, filter.class_name],
    queryFn: async ({ pageParam, signal }) =>
      (
        await api.GET("/api/v1/students", {
          params: { query: { q: q || undefined, class_name: filter.class_name || undefined, limit: pageSize, offset: pageParam } },
          signal,
        })
      ).data!,
    initialPageParam: 0,
    getNextPageParam: (last, pages) => (pages.length * pageSize < last.total ? pages.length * pageSize : undefined),
    placeholderData: keepPreviousData,
  });
  const rows = useMemo(() => students.data?.pages.flatMap((page) => page.items) ?? [], [students.data]);
  const total = students.data?.pages[0]?.total;
  const onEnd = useCallback(() => {
    if (students.hasNextPage && !students.isFetching) void students.fetchNextPage();
  }, [students]);
  const mayEnrol = may(session, "enroll");
  const isFiltered = q !== "" || filter.class_name !== "";

  return (
    <Page
      title={t("common:pages.students")}
      actions={
        mayEnrol && (
          <>
            <Button
              variant="default"
              leftSection={<IconFileImport size={16} aria-hidden />}
              onClick={() => void navigate({ to: "/roster-import" })}
            >
              {t("import.title")}
            </Button>
            <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
              {t("add")}
            </Button>
          </>
        )
      }
    >
      <Group align="end">
        <TextInput
          type="search"
          label={t("common:search")}
          placeholder={t("searchFor")}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={filter.q}
          onChange={(e) => {
            const q = e.currentTarget.value;
            setFilter((f) => ({ ...f, q }));
          }}
          flex={{ base: "1 1 100%", xs: 1 }}
        />
        <Select
          label={t("class")}
          placeholder={t("everyClass")}
          clearable
          searchable
          value={filter.class_name || null}
          onChange={(name) => setFilter((f) => ({ ...f, class_name: name ?? "" }))}
          data={classes.data?.map((c) => ({ value: c.name, label: `${c.name} (${c.students})` })) ?? []}
          clearButtonProps={{ "aria-label": t("everyClass") }}
          flex={{ base: "1 1 100%", xs: "0 0 220px" }}
        />
      </Group>
      <ProblemAlert error={students.error} retry={() => void students.refetch()} />
      <Text size="sm" c="dimmed" aria-live="polite">
        {total !== undefined && t("count", { count: total })}
      </Text>
      {total === 0 ? (
        <Empty
          action={
            isFiltered ? (
              <Button variant="default" onClick={forget}>
                {t("showAll")}
              </Button>
            ) : (
              mayEnrol && <Button onClick={() => setAdding(true)}>{t("add")}</Button>
            )
          }
        >
          {t(isFiltered ? "noneFound" : "none")}
        </Empty>
      ) : (
        <VirtualTable
          label={t("common:pages.students")}
          rows={rows}
          rowKey={(s) => s.id}
          onEnd={onEnd}
          isLoading={students.isFetching}
          height="calc(100dvh - 300px)"
          onOpen={(s) => void navigate({ to: "/students/$id", params: { id: s.id } })}
          columns={[
            {
              key: "name",
              title: t("name"),
              grow: 4,
              render: (s) =>
                s.full_name ?? (
                  <Text span c="dimmed">
                    {t("nameless")}
                  </Text>
                ),
            },
            { key: "id", title: t("id"), grow: 2, wideOnly: true, render: (s) => s.id },
            { key: "class", title: t("class"), grow: 2, render: (s) => s.class_name },
            {
              key: "faces",
              title: t("faces"),
              grow: 2,
              render: (s) => (
                <Badge variant="light" tt="none" color={s.embedding_count > 0 ? "green" : "gray"}>
                  {t("facesCount", { count: s.embedding_count })}
                </Badge>
              ),
            },
            { key: "enrolled", title: t("lastEnrolled"), grow: 2, wideOnly: true, render: (s) => times.date(s.last_enrolled_at) },
          ]}
        />
      )}
      <Modal opened={isAdding} onClose={() => setAdding(false)} title={t("add")} closeButtonProps={{ "aria-label": t("common:close") }}>
        <AddStudent onDone={(id) => void navigate({ to: "/students/$id", params: { id } })} />
      </Modal>
    </Page>
  );
}
